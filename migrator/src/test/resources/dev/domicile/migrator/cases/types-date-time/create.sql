CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  d date,
  t time,
  tz timetz,
  ts timestamp,
  tstz timestamptz,
  coarse timestamptz(0)
);
