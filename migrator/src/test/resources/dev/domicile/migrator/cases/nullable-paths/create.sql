CREATE TABLE note (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE task (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE mention (id int PRIMARY KEY, note int REFERENCES note, task int REFERENCES task);
CREATE TABLE reply (id int PRIMARY KEY, mention int NOT NULL REFERENCES mention);
