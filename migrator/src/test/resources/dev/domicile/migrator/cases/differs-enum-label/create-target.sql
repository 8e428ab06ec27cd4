CREATE TYPE mood AS ENUM ('fine');
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, m mood);
