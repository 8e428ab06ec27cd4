CREATE EXTENSION hstore;
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  h hstore,
  many hstore[]
);
