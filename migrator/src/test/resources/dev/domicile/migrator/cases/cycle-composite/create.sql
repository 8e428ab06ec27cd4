CREATE TABLE doc (client_key text, id int, head int, PRIMARY KEY (client_key, id));
CREATE TABLE version (client_key text, doc int, n int, PRIMARY KEY (client_key, doc, n), FOREIGN KEY (client_key, doc) REFERENCES doc);
ALTER TABLE doc ADD FOREIGN KEY (client_key, id, head) REFERENCES version;
