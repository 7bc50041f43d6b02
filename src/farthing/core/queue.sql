GRANT USAGE ON SEQUENCE queued_jobs_id_seq, periodic_tasks_id_seq TO farthing_app;
