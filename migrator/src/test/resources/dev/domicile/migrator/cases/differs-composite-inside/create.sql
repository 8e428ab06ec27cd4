CREATE TYPE pair AS (a int, b int);
CREATE TYPE outside AS (p pair);
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, p outside[]);
