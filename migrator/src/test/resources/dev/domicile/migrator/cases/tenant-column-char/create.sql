CREATE TABLE item (id int PRIMARY KEY, client_key char(12) NOT NULL);
CREATE TABLE other (id int PRIMARY KEY, client_key varchar(8));
CREATE TABLE third (id int PRIMARY KEY, client_key name);
