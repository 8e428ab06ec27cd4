CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  i int4range,
  b int8range,
  n numrange,
  d daterange,
  t tsrange,
  z tstzrange
);
