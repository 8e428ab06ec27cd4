CREATE TABLE item (client_key text NOT NULL, name text, c text COLLATE "C", v varchar(20), b char(4), PRIMARY KEY (name, c, v, b));
