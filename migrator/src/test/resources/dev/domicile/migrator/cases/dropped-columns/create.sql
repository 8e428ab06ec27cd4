CREATE TABLE item (gone1 text, id int, gone2 int, client_key text NOT NULL, gone3 bytea, v text, PRIMARY KEY (id));
ALTER TABLE item DROP gone1, DROP gone2, DROP gone3, ADD late text NOT NULL DEFAULT 'filled in';
