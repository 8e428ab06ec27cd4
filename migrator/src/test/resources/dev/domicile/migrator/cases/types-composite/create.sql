CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TYPE address AS (street text, zip int, tags text[]);
CREATE TYPE nested AS (home address, mood mood);
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  a address,
  many address[],
  n nested
);
