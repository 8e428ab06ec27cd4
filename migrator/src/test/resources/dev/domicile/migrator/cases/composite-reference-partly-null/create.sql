CREATE TABLE item (client_key text NOT NULL, id int NOT NULL, PRIMARY KEY (client_key, id));
CREATE TABLE part (id int PRIMARY KEY, client_key text NOT NULL, item_id int, full1 text, full2 int,
  FOREIGN KEY (client_key, item_id) REFERENCES item,
  FOREIGN KEY (full1, full2) REFERENCES item MATCH FULL);
