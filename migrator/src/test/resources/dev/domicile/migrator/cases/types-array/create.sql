CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  i int[],
  t text[],
  n numeric(5,2)[][],
  d timestamptz[],
  j jsonb[],
  u uuid[]
);
