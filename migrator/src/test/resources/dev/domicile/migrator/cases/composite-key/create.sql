CREATE TABLE item (client_key text, day date, n int, v text, PRIMARY KEY (n, client_key, day));
CREATE TABLE part (id uuid, n int, client_key text, day date, PRIMARY KEY (id, n),
  FOREIGN KEY (n, client_key, day) REFERENCES item);
CREATE TABLE leaf (part uuid NOT NULL, n int NOT NULL, k text NOT NULL, v int, PRIMARY KEY (part, n, k), FOREIGN KEY (part, n) REFERENCES part ON DELETE CASCADE);
