CREATE TABLE node (id int PRIMARY KEY, client_key text NOT NULL, parent int REFERENCES node, root int NOT NULL REFERENCES node);
CREATE TABLE tag (id int PRIMARY KEY, node int NOT NULL REFERENCES node, before int REFERENCES tag);
