CREATE TYPE mood AS ENUM ('sad', 'so so', 'fine', 'sehr fröhlich');
ALTER TYPE mood ADD VALUE 'angry' BEFORE 'sad';
CREATE TABLE item (client_key text NOT NULL, m mood NOT NULL, n int NOT NULL, many mood[], PRIMARY KEY (client_key, m, n));
