CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  r floatrange,
  m floatmultirange
);
