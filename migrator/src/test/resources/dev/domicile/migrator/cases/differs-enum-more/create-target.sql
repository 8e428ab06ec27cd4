CREATE TYPE mood AS ENUM ('fine', 'so so', 'sad');
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, m mood[]);
