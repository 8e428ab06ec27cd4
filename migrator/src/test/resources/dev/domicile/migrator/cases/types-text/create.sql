CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  t text,
  v varchar(10),
  c char(10),
  n name,
  one "char"
);
