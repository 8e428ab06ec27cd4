CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  i int4multirange,
  b int8multirange,
  n nummultirange,
  d datemultirange,
  t tsmultirange,
  z tstzmultirange
);
