CREATE SCHEMA crm; CREATE SCHEMA wiki;
CREATE TABLE crm.item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE wiki.item (id int PRIMARY KEY, item int NOT NULL REFERENCES crm.item);
CREATE TABLE public.item (id int PRIMARY KEY, item int NOT NULL REFERENCES wiki.item);
