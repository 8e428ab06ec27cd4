CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  b bit(5),
  v bit varying(70),
  any_length bit varying
);
