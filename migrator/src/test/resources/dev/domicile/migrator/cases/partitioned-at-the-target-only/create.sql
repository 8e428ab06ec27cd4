CREATE TABLE event (client_key text NOT NULL, id int NOT NULL, at date NOT NULL, PRIMARY KEY (at, id));
