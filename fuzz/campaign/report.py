def write(summary, path):
    pass
