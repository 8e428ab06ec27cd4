CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  b boolean
);
