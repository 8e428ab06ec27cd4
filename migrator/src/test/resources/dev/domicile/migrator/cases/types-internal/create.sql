CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  l pg_lsn,
  x xid,
  c cid,
  t tid,
  x8 xid8,
  s pg_snapshot,
  old txid_snapshot,
  v oidvector,
  iv int2vector,
  r refcursor
);
