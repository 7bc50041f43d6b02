"""What a database says it is: everything in its catalogue that the program relies on, by name."""

from __future__ import annotations

from typing import Any

OURS = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
"""A function that no extension brought."""
QUERIES = {
    "table": """
        SELECT c.relname, jsonb_build_object(
                   'kind', c.relkind, 'owner', c.relowner::regrole::text, 'guarded', c.relrowsecurity,
                   'forced', c.relforcerowsecurity, 'persistence', c.relpersistence, 'options', c.reloptions)
          FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 'I', 't', 'c')
    """,
    "column": """
        SELECT c.relname || '.' || a.attname, jsonb_build_object(
                   'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull, 'identity', a.attidentity,
                   'generated', a.attgenerated, 'default', pg_get_expr(d.adbin, d.adrelid),
                   'collation', a.attcollation::regcollation::text)
          FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraint": """
        SELECT c.conrelid::regclass || '.' || c.conname, jsonb_build_object(
                   'says', pg_get_constraintdef(c.oid), 'validated', c.convalidated)
          FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace
    """,
    "index": """
        SELECT c.relname, jsonb_build_object(
                   'says', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid, 'unique', i.indisunique)
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'public'::regnamespace
    """,
    "policy": """
        SELECT p.tablename || '.' || p.policyname,
               jsonb_build_object('kind', p.permissive, 'roles', p.roles, 'command', p.cmd, 'using', p.qual,
                                  'check', p.with_check)
          FROM pg_policies p WHERE p.schemaname = 'public'
    """,
    "trigger": """
        SELECT t.tgrelid::regclass || '.' || t.tgname,
               jsonb_build_object('says', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled)
          FROM pg_trigger t
          JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
         WHERE NOT t.tgisinternal
    """,
    "function": f"""
        SELECT p.oid::regprocedure::text,
               jsonb_build_object('says', pg_get_functiondef(p.oid), 'owner', p.proowner::regrole::text)
          FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND {OURS}
    """,
    "right to a function": f"""
        SELECT p.oid::regprocedure || ' ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
               jsonb_agg(a.privilege_type ORDER BY a.privilege_type)
          FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         WHERE p.pronamespace = 'public'::regnamespace AND {OURS}
         GROUP BY p.oid, a.grantee
    """,
    "right to a table": """
        SELECT c.relname || ' ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
               jsonb_agg(a.privilege_type ORDER BY a.privilege_type)
          FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
         GROUP BY c.relname, a.grantee
    """,
    "right to a column": """
        SELECT c.relname || '.' || t.attname || ' ' || a.grantee::regrole,
               jsonb_agg(a.privilege_type ORDER BY a.privilege_type)
          FROM pg_attribute t
          JOIN pg_class c ON c.oid = t.attrelid AND c.relnamespace = 'public'::regnamespace, aclexplode(t.attacl) a
         WHERE t.attacl IS NOT NULL
         GROUP BY c.relname, t.attname, a.grantee
    """,
    "type": """
        SELECT t.typname, jsonb_build_object('kind', t.typtype)
          FROM pg_type t
         WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r', 'm')
    """,
    "extension": "SELECT e.extname, to_jsonb(e.extversion) FROM pg_extension e",
}
MIGRATIONS_OWN = "alembic_version"


async def catalogue(connection: Any) -> dict[str, str]:
    """Everything there is, by what it is and what it is called; Alembic's own table aside."""
    found: dict[str, str] = {}
    for kind, query in QUERIES.items():
        for name, says in await connection.fetch(query):
            if MIGRATIONS_OWN not in name:
                found[f"{kind} {name}"] = says
    return found


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What isn't the same in two databases."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
