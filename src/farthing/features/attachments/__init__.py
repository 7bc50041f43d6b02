"""Attachments: files that belong to a transaction or to an account, such as a receipt or a contract.

Promises: only what is a picture, a PDF or plain text is kept, and is told by its content, whatever it is called; the
same content is kept once in a book, and counts once; no attachment names content that was never stored; what is handed
out is never run or shown by a browser where Farthing is.
"""
