# xfgen
