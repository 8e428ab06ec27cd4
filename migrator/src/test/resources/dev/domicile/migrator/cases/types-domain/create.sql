CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE DOMAIN positive AS int DEFAULT 1 CHECK (VALUE > 0);
CREATE DOMAIN emails AS email[];
CREATE TYPE mood AS ENUM ('fine');
CREATE DOMAIN moody AS mood;
CREATE TYPE pair AS (x int, y int);
CREATE DOMAIN place AS pair;
CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  e email,
  p positive,
  list emails,
  mood_of moody,
  where_at place
);
