CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE label (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE link (item int NOT NULL REFERENCES item, v text);
CREATE TABLE either (item int REFERENCES item, label int REFERENCES label);
