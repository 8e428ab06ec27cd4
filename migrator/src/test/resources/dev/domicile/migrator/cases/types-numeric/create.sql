CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  n numeric,
  money_like numeric(12,4),
  huge numeric(1000,0)
);
