CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  i inet,
  c cidr,
  m macaddr,
  m8 macaddr8
);
