CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE a (id int PRIMARY KEY, item int REFERENCES item, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, item int REFERENCES item);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
