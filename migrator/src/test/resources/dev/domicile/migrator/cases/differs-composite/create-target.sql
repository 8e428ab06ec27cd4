CREATE TYPE pair AS (a int, b text);
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, p pair);
