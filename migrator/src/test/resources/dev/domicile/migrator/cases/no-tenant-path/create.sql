CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE settings (name text PRIMARY KEY);
