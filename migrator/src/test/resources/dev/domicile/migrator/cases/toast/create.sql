CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, extended text, outside text, inside text, bytes bytea);
ALTER TABLE item ALTER outside SET STORAGE EXTERNAL, ALTER inside SET STORAGE MAIN, ALTER bytes SET STORAGE EXTERNAL;
