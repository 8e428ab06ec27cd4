CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  r real,
  d double precision
);
