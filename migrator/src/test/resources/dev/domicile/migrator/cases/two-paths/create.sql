CREATE TABLE space (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE page (id int PRIMARY KEY, space int NOT NULL REFERENCES space);
CREATE TABLE author (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE edit (id int PRIMARY KEY, page int NOT NULL REFERENCES page, author int NOT NULL REFERENCES author);
CREATE TABLE remark (id int PRIMARY KEY, edit int NOT NULL REFERENCES edit, author int REFERENCES author);
