CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  small smallint,
  whole int,
  big bigint,
  counter bigserial
);
