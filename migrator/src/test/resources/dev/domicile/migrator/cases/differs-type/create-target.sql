CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, v varchar(5));
