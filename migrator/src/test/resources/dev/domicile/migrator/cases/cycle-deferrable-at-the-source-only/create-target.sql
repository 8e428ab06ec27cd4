CREATE TABLE egg (id int PRIMARY KEY, client_key text NOT NULL, hen int NOT NULL);
CREATE TABLE hen (id int PRIMARY KEY, client_key text NOT NULL, egg int NOT NULL REFERENCES egg);
ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen;
