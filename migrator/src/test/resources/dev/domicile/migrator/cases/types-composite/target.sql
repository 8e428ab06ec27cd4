INSERT INTO item VALUES (2, 'tenant-c', row('Main "St" 1', 12345, '{a,b}'), array[row('x', 1, NULL)::address, NULL], row(row('in', 2, '{}')::address, 'fine'));
