-- How verification fares: troubles, queue, workers, networks.
select verification_document()
