CREATE TABLE other (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TYPE mood AS ENUM ('fine');
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  c regclass,
  t regtype,
  p regprocedure,
  ns regnamespace
);
