CREATE EXTENSION ltree;
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  l ltree,
  q lquery,
  t ltxtquery
);
