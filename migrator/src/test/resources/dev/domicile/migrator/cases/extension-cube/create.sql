CREATE EXTENSION cube;
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  c cube
);
