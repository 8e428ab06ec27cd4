INSERT INTO country VALUES ('DE', 'Germany'), ('FR', 'Gaul');
