INSERT INTO item VALUES (2, 'tenant-c', '[1,5)', '[1,5]', '(1.5,2.50]', '[2020-01-01,2020-02-01]', '[2020-01-01,infinity)', '(-infinity,2020-01-01]');
