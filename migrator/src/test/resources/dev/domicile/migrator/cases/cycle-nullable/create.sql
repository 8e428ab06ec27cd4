CREATE TABLE team (id int PRIMARY KEY, client_key text NOT NULL, lead int);
CREATE TABLE person (id int PRIMARY KEY, client_key text NOT NULL, team int NOT NULL REFERENCES team);
ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES person;
CREATE TABLE badge (id int PRIMARY KEY, person int NOT NULL REFERENCES person);
