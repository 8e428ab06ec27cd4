CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  p point,
  l line,
  s lseg,
  b box,
  path path,
  poly polygon,
  c circle
);
