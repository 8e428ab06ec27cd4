INSERT INTO common.country VALUES ('DE'), ('FR');
